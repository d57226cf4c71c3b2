import { z } from "zod";
import type { UpdateBoard } from "#domain/board/commands";
import { parsePublicId } from "#domain/ids";
import { imageAddressProblem } from "#domain/urls";

const MAX_ADDRESS_LENGTH = 2_048;
/** Far more than a page lists, and few enough for one event. */
const MAX_HIDDEN = 100;

const Shown = z.enum(["hidden", "shown"], "must be hidden or shown");

const Hide = z
  .strictObject({
    contribution: z
      .string("must be a text")
      .transform((text) => parsePublicId("contribution", text))
      .refine((id) => id !== null, "must be the id of a contribution, like con_01k9v2m3q4e8xavkz6m1t7h5ws"),
    name: Shown.optional(),
    message: Shown.optional(),
  })
  .refine(({ name, message }) => name !== undefined || message !== undefined, "must say name or message");

/**
 * What hosts and operators may change of a board beside what partners may: `photo_url` and `gift_picture_url`, which are
 * https or a path of ours, and `hide`, a list of `{contribution, name?, message?}` with `hidden` or `shown`.
 * @param localOrigin the local platform's origin, which may serve pictures over http, else null
 */
export function boardChanges(localOrigin: string | null) {
  const Picture = z
    .string("must be a text")
    .max(MAX_ADDRESS_LENGTH, `must be at most ${MAX_ADDRESS_LENGTH} characters long`)
    .superRefine((address, context) => {
      const problem = imageAddressProblem(address, localOrigin);
      if (problem) context.addIssue({ code: "custom", message: problem });
    });
  return z.strictObject({
    photo_url: Picture.optional(),
    gift_picture_url: Picture.optional(),
    hide: z.array(Hide, "must be a list").max(MAX_HIDDEN, `must have at most ${MAX_HIDDEN} entries`).optional(),
  });
}

type BoardChanges = z.output<ReturnType<typeof boardChanges>>;

/** The same, as the command takes it. What is left out stays. */
export function changesOf({
  photo_url,
  gift_picture_url,
  hide,
}: BoardChanges): Pick<UpdateBoard, "photo" | "giftPicture" | "contributors"> {
  return {
    ...(photo_url !== undefined && { photo: photo_url }),
    ...(gift_picture_url !== undefined && { giftPicture: gift_picture_url }),
    ...(hide && {
      contributors: hide.map(({ contribution, name, message }) => ({
        contributionId: contribution,
        ...(name && { name }),
        ...(message && { message }),
      })),
    }),
  };
}
