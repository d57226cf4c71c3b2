/** The messages between the platform and the process that holds the Workers runtime. */
export type HostOptions = {
  port: number;
  settings: Record<string, string>;
  /** a folder, or null for storage that ends with the process */
  persistTo: string | null;
  logFile: string | null;
  watch: boolean;
};

export type Call =
  | { verb: "start"; options: HostOptions }
  | { verb: "scheduled"; cron: string }
  | { verb: "restart"; signal: NodeJS.Signals }
  | { verb: "log" }
  | { verb: "stop" };

export type ToHost = { id: number; call: Call };

export type LogLine = { at: string; level: string; message: string };

export type FromHost =
  | { id: number; result: unknown }
  | { id: number; problem: { message: string; code: string | null } }
  | { event: "runtime"; pid: number }
  | { event: "rebuilt" }
  | { event: "build_failed"; errors: string[] }
  | { event: "complaint"; line: LogLine };
