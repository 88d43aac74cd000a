const USER_ID = /^(nx__[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|(u___|ag__)(0|-?[1-9]\d*))$/;

/** Whether a text has the form of a user id, of an account or of an external user. */
export function isUserId(text: string): boolean {
  return USER_ID.test(text);
}

/** The conversation between two users. */
export function conversationBetween(a: string, b: string): string {
  return a < b ? `si_${a}:${b}` : `si_${b}:${a}`;
}

/** The conversation of a group. */
export function conversationOfGroup(groupId: string): string {
  return `sg_${groupId}`;
}

/** The recipient of a message, as fields of a send. */
export type Target = { session_type: 1; recv_id: string } | { session_type: 2; group_id: string };

/**
 * The recipient of a user's message in a conversation.
 *
 * @throws TypeError if the id is not that of a conversation of the user.
 */
export function targetOf(conversationId: string, userId: string): Target {
  if (conversationId.startsWith("sg_")) return { session_type: 2, group_id: conversationId.slice(3) };
  const [a, b] = conversationId.slice(3).split(":");
  if (conversationId.startsWith("si_") && a !== undefined && b !== undefined) {
    if (a === userId) return { session_type: 1, recv_id: b };
    if (b === userId) return { session_type: 1, recv_id: a };
  }
  throw new TypeError(`'${conversationId}' is no conversation of ${userId}`);
}

/** A new random id; `crypto.randomUUID` does not exist on a page over plain http. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
