/** A rate limiting binding that never brakes: raw workerd has none. */
export default () => ({ limit: async () => ({ success: true }) });
