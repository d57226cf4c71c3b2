/** The bare Worker all others are compared with. */
export default { fetch: () => new Response("hello") } satisfies ExportedHandler;
