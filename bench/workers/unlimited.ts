/** A rate limiting binding that never refuses: raw workerd has none. */
export default () => ({ limit: async () => ({ success: true }) });
