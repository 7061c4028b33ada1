// Cache-aside as the guides have it: JSON under a TTL with jitter; a short lock (SET NX PX with a random token) so that one
// of the concurrent misses loads; the others wait for its value, and load themselves when the wait runs out.

import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

const LOCK_MS = 5000;
const WAIT_MS = 1000;
const WAIT_STEP_MS = 50;
const RELEASE = `if redis.call("get", KEYS[1]) == ARGV[1] then return redis.call("del", KEYS[1]) end return 0`;

export class Cache {
    constructor(redis) {
        this.redis = redis;
    }

    async getOrSet(key, { ttl, jitter }, load) {
        const found = await this.read(key);
        if (found !== undefined) return found;
        const lock = `${key}:lock`;
        const token = randomUUID();
        if (await this.acquire(lock, token)) {
            try {
                const value = await load();
                await this.write(key, value, ttl + Math.floor(Math.random() * jitter));
                return value;
            } finally {
                await this.redis.eval(RELEASE, { keys: [lock], arguments: [token] }).catch(() => {});
            }
        }
        const loaded = await this.waitFor(key);
        return loaded !== undefined ? loaded : load();
    }

    // A Redis error is a miss; so is what cannot be parsed, which is deleted.
    async read(key) {
        try {
            const text = await this.redis.get(key);
            if (text === null) return undefined;
            try {
                return JSON.parse(text).value;
            } catch {
                await this.redis.del(key);
                return undefined;
            }
        } catch {
            return undefined;
        }
    }

    async write(key, value, seconds) {
        await this.redis.set(key, JSON.stringify({ value }), { EX: seconds }).catch(() => {});
    }

    async acquire(lock, token) {
        try {
            return (await this.redis.set(lock, token, { NX: true, PX: LOCK_MS })) === "OK";
        } catch {
            return true;
        }
    }

    async waitFor(key) {
        for (let waited = 0; waited < WAIT_MS; waited += WAIT_STEP_MS) {
            await sleep(WAIT_STEP_MS);
            const found = await this.read(key);
            if (found !== undefined) return found;
        }
        return undefined;
    }
}
