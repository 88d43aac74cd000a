import { defineConfig } from "vite";

// `npm run dev` takes the API from a server that runs; the built page has it on its own origin.
const server = process.env.LONGWAVE_URL ?? "http://127.0.0.1:3000";

export default defineConfig({
  // Relative addresses: the page may be under any path of a proxy.
  base: "./",
  build: {
    target: "es2022",
    // An inlined asset would need a hole in the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      onwarn(warning, warn) {
        // Warnings about a library's own build cannot be fixed here.
        if (!warning.id?.includes("node_modules")) warn(warning);
      },
    },
  },
  server: { proxy: { "/api": server } },
});
