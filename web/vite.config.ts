import { defineConfig } from "vite";

/** Where a running `oncue serve` or `oncue demo` listens, for `npm run dev`. */
const API = process.env["ONCUE_URL"] ?? "http://127.0.0.1:8080";

export default defineConfig({
  appType: "spa",
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 600,
  },
  server: {
    // An element cannot be defined twice: after a change the page is loaded again by hand.
    hmr: false,
    proxy: {
      "/api": API,
      "/formats": API,
      "/link": { target: API, ws: true },
      "^/j/[^/]+/qr.svg": API,
    },
  },
});
