import { startForm } from "./form/start.ts";
import { FORM } from "./words/form-zu.ts";

startForm(FORM);
