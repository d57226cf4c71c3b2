/** What raw workerd leaves to others: queues that take every message, assets that are not requested here. */
export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname !== "/message" && pathname !== "/batch") return new Response(null, { status: 404 });
    await request.arrayBuffer();
    return Response.json({ metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } });
  },
} satisfies ExportedHandler;
