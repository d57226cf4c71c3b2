import { startForm } from "./form/start.ts";
import { FORM } from "./words/form-en.ts";

startForm(FORM);
