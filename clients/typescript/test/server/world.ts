// People on the real server, each behind a proxy of the test.
import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, vi } from "vitest";
import { Longwave, MemoryStore, type Client, type LongwaveOptions, type Store } from "../../src/index.js";
import { Proxy } from "./proxy.js";

/** Somebody with an account, whose device keeps what it stores. */
export interface Person {
  readonly username: string;
  readonly userId: string;
  /** What the device keeps, as a browser's IndexedDB does from page to page. */
  readonly kept: Map<string, Store>;
}

const PASSWORD = "battery staple";

export class World {
  readonly #clients: Client[] = [];

  private constructor(readonly proxy: Proxy) {}

  static async start(): Promise<World> {
    return new World(await Proxy.start());
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) client.close();
    await this.proxy.stop();
  }

  async person(): Promise<Person> {
    const username = `ts-${randomBytes(8).toString("hex")}`;
    const { user_id } = await this.server().register({ username, password: PASSWORD, nickname: username });
    return { username, userId: user_id, kept: new Map() };
  }

  server(options: LongwaveOptions = {}): Longwave {
    // The wait after a failure is at its shortest, half a second.
    return new Longwave(this.proxy.url, { random: () => 0, ...options });
  }

  options({ kept }: Person): LongwaveOptions {
    return {
      openStore(name) {
        const store = kept.get(name) ?? new MemoryStore();
        kept.set(name, store);
        return Promise.resolve(store);
      },
    };
  }

  /** Logs in, on a device that keeps what it stores. */
  async login(person: Person, options: LongwaveOptions = {}): Promise<Client> {
    const server = this.server({ ...this.options(person), ...options });
    return this.mine(await server.login(person.username, PASSWORD));
  }

  /** Goes on with a login, as a page does that was loaded again. */
  resume(person: Person, { session }: Client, options: LongwaveOptions = {}): Client {
    return this.mine(this.server({ ...this.options(person), ...options }).resume(session));
  }

  mine(client: Client): Client {
    this.#clients.push(client);
    return client;
  }
}

let world: World;

/** The world of the test that runs. */
export function here(): World {
  return world;
}

/** Gives each test of a file a world of its own. */
export function eachInItsOwnWorld(): void {
  beforeEach(async () => {
    world = await World.start();
  });
  afterEach(() => world.stop());
}

/** The texts of all messages that a client is told of, as they come. */
export function heard(client: Client): string[] {
  const texts: string[] = [];
  client.on("message", (message) => texts.push(`${message.seq} ${message.content}`));
  return texts;
}

/** Waits until that holds. */
export async function until(holds: () => void): Promise<void> {
  await vi.waitFor(holds, { timeout: 15_000, interval: 10 });
}
