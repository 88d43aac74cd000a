import type { ReactNode } from "react";

function Icon({ children }: { readonly children: ReactNode }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true">
      {children}
    </svg>
  );
}

/** The logo of Longwave. */
export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" />
      <path d="M4 17c4-9 8-9 12 0s8 9 12 0" />
    </svg>
  );
}

export const Back = () => (
  <Icon>
    <path d="M15 5l-7 7 7 7" />
  </Icon>
);
export const Compose = () => (
  <Icon>
    <path d="M12 5H6a2 2 0 0 0-2 2v11a2 2 0 0 0 2 2h11a2 2 0 0 0 2-2v-6" />
    <path d="M18.5 3.5a2 2 0 0 1 2.8 2.8L13 14.6 9.5 15.500l.9-3.5z" />
  </Icon>
);
export const People = () => (
  <Icon>
    <circle cx="9" cy="8" r="3.5" />
    <path d="M2.5 19c.6-3.3 3.2-5 6.5-5s5.9 1.7 6.5 5" />
    <path d="M18 8v6M15 11h6" />
  </Icon>
);
export const Pin = () => (
  <Icon>
    <path d="M9 4h6l-1 6 3 3v2H7v-2l3-3zM12 15v5" />
  </Icon>
);
export const Mute = () => (
  <Icon>
    <path d="M7 16.5h10c-1-1.5-1.5-3.5-1.5-6.5a3.5 3.5 0 0 0-7 0c0 3-.5 5-1.5 6.5zM10.5 20h3M4.5 3.5l15 17" />
  </Icon>
);
export const Info = () => (
  <Icon>
    <circle cx="12" cy="12" r="8.5" />
    <path d="M12 11v5M12 7.800v.2" />
  </Icon>
);
export const Send = () => (
  <Icon>
    <path d="M4 12l16-7-6 16-3-7z" />
  </Icon>
);
export const Down = () => (
  <Icon>
    <path d="M12 5v13M6 13l6 6 6-6" />
  </Icon>
);
export const Close = () => (
  <Icon>
    <path d="M6 6l12 12M18 6L6 18" />
  </Icon>
);
export const Check = () => (
  <Icon>
    <path d="M5 13l4.5 4.500L19 7.5" />
  </Icon>
);
export const Checks = () => (
  <Icon>
    <path d="M2 13l4.500 4.500L16 7.500M12 16l1.500 1.500L22 7.500" />
  </Icon>
);
export const Clock = () => (
  <Icon>
    <circle cx="12" cy="12" r="8" />
    <path d="M12 7.500V12l3 2" />
  </Icon>
);
export const Warning = () => (
  <Icon>
    <circle cx="12" cy="12" r="8.5" />
    <path d="M12 7.500v5.500M12 16.200v.2" />
  </Icon>
);
