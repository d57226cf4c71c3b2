// Redoc renders the OpenAPI document of this host, in the colours and the type of our pages.

declare const Redoc: {
  init(url: string, options: Record<string, unknown>, element: Element | null, done?: (error?: Error) => void): void;
};

const TEXT = "Outfit, Outfit-like, Arial, sans-serif";
const MONO = "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace";
const heading = { fontFamily: TEXT, fontWeight: "600", color: "#1c1917" };

const theme = {
  spacing: { sectionVertical: 24 },
  colors: {
    primary: { main: "#115e59" },
    success: { main: "#0f766e" },
    error: { main: "#b91c1c" },
    text: { primary: "#1c1917", secondary: "#57534e" },
    border: { dark: "#d6d3d1", light: "#e7e5e4" },
    http: { get: "#0f766e", post: "#1d4ed8", patch: "#9a3412", delete: "#b91c1c" },
  },
  typography: {
    fontSize: "16px",
    lineHeight: "1.5",
    fontFamily: TEXT,
    headings: heading,
    heading1: heading,
    heading2: heading,
    heading3: heading,
    code: { fontFamily: MONO, fontSize: "14px", color: "#115e59", backgroundColor: "#f5efe8", wrap: true },
    links: { color: "#0f766e", visited: "#0f766e", hover: "#115e59" },
  },
  sidebar: { backgroundColor: "#fefdfb", textColor: "#1c1917", activeTextColor: "#0f766e" },
  rightPanel: { backgroundColor: "#1c1917" },
  codeBlock: { backgroundColor: "#292524" },
};

Redoc.init(
  "/v1/openapi.json",
  {
    theme,
    nativeScrollbars: true,
    scrollYOffset: ".top",
    hideLoading: true,
    expandResponses: "",
    jsonSamplesExpandLevel: 4,
    sortRequiredPropsFirst: true,
    hideSchemaTitles: true,
    pathInMiddlePanel: true,
  },
  document.querySelector("#reference"),
);
