// The requests of calls that `Client` does not make by itself.
import { expect, test } from "vitest";
import { Api } from "../../src/api.js";
import { Http } from "../../src/http.js";
import { message, pulled } from "./made.js";
import { Script, type Reply } from "./script.js";

const CHAT = "sg_c";

function api(...replies: Reply[]): { api: Api; script: Script } {
  const script = new Script(...replies);
  return { api: new Api(new Http("http://127.0.0.1:1", script.fetch, 5), "t", () => undefined), script };
}

test("each way to read messages has its own parameters", async () => {
  const found = { data: pulled(CHAT, [7]) };
  const latest = { conversations: [{ conversation_id: CHAT, messages: [], has_more: true }] };
  const { api: calls, script } = api(found, found, found, found, found, found, { data: latest });
  await calls.pull(CHAT, 1, 9);
  await calls.pullNewest(CHAT, 1, 9, 3);
  await calls.pullAround(CHAT, 7);
  await calls.pullAt(CHAT, 1000, 3);
  expect(await calls.messages(CHAT, [7, 8])).toEqual(found.data);
  expect(await calls.message("s")).toEqual(message(CHAT, 7));
  expect(await calls.latest([CHAT, "sg_d"], 3)).toEqual(latest.conversations);
  expect(script.asked).toEqual([
    "GET message/pull?conversation_id=sg_c&begin_seq=1&end_seq=9",
    "GET message/pull?conversation_id=sg_c&begin_seq=1&end_seq=9&order=desc&limit=3",
    "GET message/pull?conversation_id=sg_c&around=7",
    "GET message/pull?conversation_id=sg_c&at=1000&limit=3",
    "GET message/get?conversation_id=sg_c&seqs=7%2C8",
    "GET message/get?server_msg_id=s",
    "GET message/latest?conversation_ids=sg_c%2Csg_d&limit=3",
  ]);
});

test("a message that the user may not see is refused", async () => {
  const { api: calls } = api({ status: 404, code: 10401 });
  await expect(calls.message("s")).rejects.toMatchObject({ code: 10401 });
});
