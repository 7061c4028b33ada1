// The same answers as bench/weir.toml, by fastify, node-redis and pg.
//
//     PORT=… REDIS_URL=… POSTGRES_URL=… node server.js

import fastify from "fastify";
import pg from "pg";
import { createClient } from "redis";

import { Cache } from "./cache.js";

const redis = createClient({ url: process.env.REDIS_URL });
redis.on("error", () => {});
await redis.connect();
const postgres = new pg.Pool({ connectionString: process.env.POSTGRES_URL, max: 16 });
const cache = new Cache(redis);
const app = fastify({ logger: false });

const part = (text) => encodeURIComponent(text.trim());

const ITEM = "select id, name, price_cents, currency, description from items where id = $1";
const LIST = "select id, name, price_cents, currency, summary from shelved where shelf = $1 order by id";

async function item(id) {
    const found = await postgres.query({ name: "item", text: ITEM, values: [id] });
    return found.rows[0] ?? null;
}

async function list(shelf) {
    return (await postgres.query({ name: "list", text: LIST, values: [shelf] })).rows;
}

app.get("/v1/items/:id", async (request, reply) => {
    const { id } = request.params;
    const key = `node:v1:items:item:${part(id)}`;
    const found = await cache.getOrSet(key, { ttl: 3600, jitter: 360 }, () => item(id));
    if (found === null) return reply.code(404).send({ error: "not found" });
    return found;
});

app.get("/v1/lists/:shelf", async (request) => {
    const { shelf } = request.params;
    return cache.getOrSet(`node:v1:items:list:${part(shelf)}`, { ttl: 3600, jitter: 360 }, () => list(shelf));
});

await app.listen({ host: "127.0.0.1", port: Number(process.env.PORT) });
