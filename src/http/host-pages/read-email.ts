import { z } from "zod";

/** An address as it is stored: trimmed and in lower case. */
export const Email = z.string().trim().toLowerCase().pipe(z.email().max(255));
export const NO_EMAIL = "Please type an e-mail address like thandi@example.co.za.";
