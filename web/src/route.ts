import { useSyncExternalStore } from "react";

/** The shown route. It follows the `#` of the address, so that the server has a single page. */
export type Route =
  | { readonly page: "home" }
  /** The conversation with a user: the target of a user's own link. */
  | { readonly page: "user"; readonly id: string }
  | { readonly page: "group"; readonly id: string }
  /** An invitation to a group. */
  | { readonly page: "join"; readonly id: string };

const PAGES = { user: "user", group: "group", join: "join" } as const;

/** The route in the part of an address after the `#`. */
export function hashOf(route: Route): string {
  return route.page === "home" ? "#/" : `#/${route.page}/${encodeURIComponent(route.id)}`;
}

/** The address of a route. */
export function addressOf(route: Route): string {
  return `${location.origin}${location.pathname}${hashOf(route)}`;
}

export function go(route: Route): void {
  location.hash = hashOf(route);
}

/** The current route of the address. */
export function useRoute(): Route {
  return routeOf(useSyncExternalStore(subscribe, () => location.hash));
}

function subscribe(changed: () => void): () => void {
  window.addEventListener("hashchange", changed);
  return () => {
    window.removeEventListener("hashchange", changed);
  };
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
