import { useSyncExternalStore } from "react";

/**
 * What the page shows. It stands behind the `#` of the address, so that the server has one page, whatever it
 * shows.
 */
export type Route =
  | { readonly page: "home" }
  /** The conversation with a user: what a link to oneself leads to. */
  | { readonly page: "user"; readonly id: string }
  | { readonly page: "group"; readonly id: string }
  /** An invitation to a group. */
  | { readonly page: "join"; readonly id: string };

const PAGES = { user: "user", group: "group", join: "join" } as const;

/** The part of an address behind the `#`. */
export function hashOf(route: Route): string {
  return route.page === "home" ? "#/" : `#/${route.page}/${encodeURIComponent(route.id)}`;
}

/** The address that leads to a route. */
export function addressOf(route: Route): string {
  return `${location.origin}${location.pathname}${hashOf(route)}`;
}

export function go(route: Route): void {
  location.hash = hashOf(route);
}

/** The route of the address, as it changes. */
export function useRoute(): Route {
  return routeOf(
    useSyncExternalStore(
      (changed) => {
        window.addEventListener("hashchange", changed);
        return () => {
          window.removeEventListener("hashchange", changed);
        };
      },
      () => location.hash,
    ),
  );
}

function routeOf(hash: string): Route {
  const [, page, id] = /^#\/(user|group|join)\/([^/]+)$/.exec(hash) ?? [];
  if (page === undefined || id === undefined) return { page: "home" };
  try {
    return { page: PAGES[page as keyof typeof PAGES], id: decodeURIComponent(id) };
  } catch {
    return { page: "home" };
  }
}
