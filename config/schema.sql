-- The tables that config/weir.toml serves. Plain SQL, safe to run again.
--
--     psql "$WEIR_POSTGRES_URL" -v ON_ERROR_STOP=1 -f config/schema.sql
--
-- Weir adds its own schema (the outbox and its triggers) with `weir migrate`.

set client_encoding = 'UTF8';
set client_min_messages = warning;

create table if not exists products (
    id          text primary key check (id <> ''),
    locale      text not null check (locale <> ''),
    name        text not null,
    description text not null default '',
    price_cents integer not null check (price_cents >= 0),
    currency    text not null check (currency ~ '^[A-Z]{3}$'),
    published   boolean not null default true,
    updated_at  timestamptz not null default now()
);

-- The list query reads one locale's published products in the order of their ids.
create index if not exists products_listed on products (locale, id) where published;

create table if not exists articles (
    slug         text primary key check (slug <> ''),
    locale       text not null check (locale <> ''),
    title        text not null,
    summary      text not null default '',
    body         text not null default '',
    status       text not null default 'draft' check (status in ('draft', 'published')),
    published_at timestamptz,
    updated_at   timestamptz not null default now()
);

-- The list query reads one locale's published articles, the newest first.
create index if not exists articles_listed on articles (locale, published_at desc, slug) where status = 'published';
