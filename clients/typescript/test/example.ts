import { Longwave, text, textOf } from "@longwave/client";

const server = new Longwave("http://127.0.0.1:3000");
const alice = await server.login("alice", "battery staple");
const conversation = alice.conversationWith("nx__01a2143a-14e2-715e-bd97-cb68776037f9");

alice.on("message", (message) => {
  console.log(`${message.sender_id}: ${textOf(message) ?? message.content}`);
});
alice.on("kicked", (reason) => {
  console.log(`signed out: ${reason ?? "no valid token"}`);
});
await alice.connect();
for (const { conversation_id, unread } of alice.conversations.snapshot()) {
  console.log(`${conversation_id}: ${unread} unread`);
}
await alice.send(conversation, text("hello Bob"));
