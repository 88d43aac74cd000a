/** The suite needs a server to talk to: an answer of anything else would prove nothing. */
export default async function setup(): Promise<void> {
  const url = process.env.LONGWAVE_URL;
  if (url === undefined)
    throw new Error("LONGWAVE_URL says where the server is, such as http://127.0.0.1:3000");
  const health = await fetch(`${url}/healthz`);
  if (!health.ok) throw new Error(`the server at ${url} is not well: ${health.status}`);
}
