import type { components, paths, webhooks } from "./api.ts";

export type DreamBoard = components["schemas"]["DreamBoard"];
export type Contribution = components["schemas"]["Contribution"];
export type Payout = components["schemas"]["Payout"];

/** Every event that a webhook brings; `type` tells them apart. */
export type WebhookEvent = {
  [Type in keyof webhooks]: webhooks[Type] extends { post: { requestBody: { content: infer Content } } }
    ? JsonOf<Content>
    : never;
}[keyof webhooks];

export type Method = "get" | "post" | "patch" | "delete";

/** The paths that have the method. */
export type PathOf<M extends Method> = {
  [P in keyof paths]: paths[P] extends { [K in M]: object } ? P : never;
}[keyof paths];

export type OperationOf<P extends keyof paths, M extends Method> = M extends keyof paths[P]
  ? NonNullable<paths[P][M]>
  : never;

/** What an operation answers when it succeeds: the whole envelope. */
export type AnswerOf<Operation> = Operation extends { responses: infer Responses }
  ? { [Status in keyof Responses & (200 | 201 | 202)]: ContentOf<Responses[Status]> }[keyof Responses &
      (200 | 201 | 202)]
  : never;

/** What an operation takes: `path`, `query` and `body` where it has them. */
export type InputOf<Operation> = ParameterOf<Operation, "path"> & ParameterOf<Operation, "query"> & BodyOf<Operation>;

/** The paths that answer a page of a list. */
export type ListPath = {
  [P in PathOf<"get">]: AnswerOf<OperationOf<P, "get">> extends { data: readonly unknown[]; pagination: unknown }
    ? P
    : never;
}[PathOf<"get">];

export type ItemOf<P extends ListPath> =
  AnswerOf<OperationOf<P, "get">> extends { data: readonly (infer Item)[] } ? Item : never;

type JsonOf<Content> = Content extends { "application/json": infer Body } ? Body : never;
type ContentOf<Response> = Response extends { content: infer Content } ? JsonOf<Content> : never;

type ParameterOf<Operation, Kind extends "path" | "query"> = Operation extends {
  parameters: { [K in Kind]: infer Values };
}
  ? { [K in Kind]: Values }
  : Operation extends { parameters: { [K in Kind]?: infer Values } }
    ? [Values] extends [undefined]
      ? unknown
      : { [K in Kind]?: Values }
    : unknown;

type BodyOf<Operation> = Operation extends { requestBody: { content: infer Content } }
  ? { body: JsonOf<Content> }
  : Operation extends { requestBody?: { content: infer Content } }
    ? { body?: JsonOf<Content> }
    : unknown;
