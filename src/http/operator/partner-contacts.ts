import { type Context, Hono } from "hono";
import { z } from "zod";
import {
  findPartnerContact,
  type PartnerContact,
  removePartnerContact,
  setPartnerContact,
} from "#accounts/partner-contacts";
import type { AppEnv } from "../app-env.ts";
import { Note, Noted } from "./acts.ts";
import { read, readBody } from "./read-body.ts";

const NewContact = z.object({
  email: z
    .string("must be a text")
    .trim()
    .max(254, "must be at most 254 characters long")
    .pipe(z.email("must be an e-mail address")),
  note: Note,
});

/** Whom mail about a partner's webhook endpoints goes to. (docs/operate.md) */
export const operatorPartnerContacts = new Hono<AppEnv>()
  .get("/:id/contact", async (c) => {
    return c.json({ contact: present(await findPartnerContact(c.get("services"), partnerIdOf(c))) }, 200);
  })
  .post("/:id/contact", async (c) => {
    const body = await readBody(NewContact, c.req.raw);
    return c.json({ contact: present(await setPartnerContact(c.get("services"), partnerIdOf(c), body)) }, 200);
  })
  .post("/:id/contact/remove", async (c) => {
    const { note } = await readBody(Noted, c.req.raw);
    await removePartnerContact(c.get("services"), partnerIdOf(c), note);
    return c.json({ contact: null }, 200);
  });

function present(contact: PartnerContact | null) {
  return contact && { email: contact.email, updated_at: contact.updatedAt.toISOString() };
}

function partnerIdOf(c: Context<AppEnv>): string {
  return read(z.guid(), c.req.param("id"), "id");
}
