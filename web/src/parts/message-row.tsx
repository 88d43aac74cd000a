import { textOf, type Entry, type Quote } from "@longwave/client";
import { memo } from "react";
import { useToday } from "../today";
import { useClient, useName } from "../views";
import { dayOf, momentOf, reasonOf, timeOf, words } from "../words/words";
import { UserAvatar } from "./avatar";
import { Check, Checks, Clock, Warning } from "./icons";
import { Name, UserName } from "./names";

interface Props {
  readonly entry: Entry;
  readonly isNewDay: boolean;
  readonly isNew: boolean;
  readonly isHead: boolean;
  readonly isFirst: boolean;
  readonly isGroup: boolean;
  /** Whether the other user has read this message of the user's own. */
  readonly isRead: boolean;
  readonly position: number;
  readonly size: number;
}

/** A message, and the elements above it. */
export const MessageRow = memo(function MessageRow(props: Props) {
  const { entry, isGroup, isHead } = props;
  const isOwn = entry.sender_id === useClient().userId;
  const name = useName(entry.sender_id);
  const today = useToday();
  const showsSender = isGroup && !isOwn;
  return (
    <div className="message-row">
      {props.isFirst && <p className="beginning">{words.beginning}</p>}
      {props.isNewDay && <p className="separator">{dayOf(entry.send_time, today)}</p>}
      {props.isNew && <p className="separator new">{words.newMessages}</p>}
      <article
        className="message"
        aria-label={words.by(isOwn ? words.you : name, timeOf(entry.send_time))}
        aria-posinset={props.position}
        aria-setsize={props.size}
        data-own={isOwn || undefined}
        data-head={isHead || undefined}
        data-status={entry.status}
      >
        {showsSender && <span className="gutter">{isHead && <UserAvatar userId={entry.sender_id} />}</span>}
        <div className="bubble">
          {showsSender && isHead && (
            <p className="sender">
              <Name name={name} />
            </p>
          )}
          {entry.quote && <Quoted quote={entry.quote} />}
          <Body entry={entry} />
          <span className="meta">
            {entry.edited && <span className="edited">{words.edited}</span>}
            <time dateTime={new Date(entry.send_time).toISOString()} title={momentOf(entry.send_time)}>
              {timeOf(entry.send_time)}
            </time>
            {isOwn && <Status status={props.isRead ? "read" : entry.status} />}
          </span>
        </div>
      </article>
      {entry.status === "failed" && <Failed entry={entry} />}
    </div>
  );
});

/** The message that another one quotes. */
function Quoted({ quote }: { readonly quote: Quote }) {
  const text = quote.preview ?? (quote.status ? words.quoteGone : words.notShown);
  return (
    <blockquote className="quote">
      {quote.sender_id !== undefined && (
        <p className="sender">
          <UserName userId={quote.sender_id} />
        </p>
      )}
      <p dir="auto">{text}</p>
    </blockquote>
  );
}

/** The content of a message, as plain text. */
function Body({ entry }: { readonly entry: Entry }) {
  const text = textOf(entry);
  return text === undefined ? (
    <p className="body other">{entry.erased ? words.revoked : words.notShown}</p>
  ) : (
    <p className="body" dir="auto">
      {text}
    </p>
  );
}

function Status({ status }: { readonly status: Entry["status"] | "read" }) {
  const Icon = { sending: Clock, sent: Check, read: Checks, failed: Warning }[status];
  return (
    <span className="status" role="img" aria-label={words[status]} title={words[status]}>
      <Icon />
    </span>
  );
}

/** The reason of a failure, and the user's options. */
function Failed({ entry }: { readonly entry: Entry }) {
  const client = useClient();
  return (
    <div className="failed">
      <span>
        {words.failed}. {entry.error && reasonOf(entry.error)}
      </span>
      <button
        className="link"
        type="button"
        onClick={() => {
          client.retry(entry.client_msg_id).catch(() => undefined);
        }}
      >
        {words.retry}
      </button>
      <button
        className="link"
        type="button"
        onClick={() => {
          client.discard(entry.client_msg_id);
        }}
      >
        {words.discard}
      </button>
    </div>
  );
}
