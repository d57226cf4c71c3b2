import { startForm } from "./form/start.ts";
import { FORM } from "./words/form-af.ts";

startForm(FORM);
