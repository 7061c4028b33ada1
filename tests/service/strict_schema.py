"""Tables full of constraints: domains and checks of a form, keys that few values fit, an exclusion, a table of one row, references to
itself."""

STRICT = r"""
create domain email as text check (value ~ '^[^@]+@[^@]+\.[a-z]+$');
create domain pct as numeric(5,2) check (value between 0 and 100);
create domain sku as varchar(8) check (value ~ '^[A-Z]{3}-[0-9]{4}$');
create type status as enum ('new','open','closed');
create table countries (code char(2) primary key check (code = upper(code)), name text not null unique);
create table members (id bigint generated always as identity primary key, mail email not null unique,
    country char(2) not null references countries on update cascade,
  joined date not null default current_date, rate pct not null default 5, state status not null default 'new', manager bigint references members,
  check (manager <> id), settings jsonb not null default '{}' check (jsonb_typeof(settings) = 'object'), tags text[] check (cardinality(tags) < 4));
create table goods (code sku primary key, title text not null check (length(title) between 3 and 20),
    price numeric(8,2) not null check (price > 0 and price < 1000),
  weight real check (weight >= 0.5), color text check (color in ('red','green','blue')), active boolean not null default true,
    rank smallint unique check (rank between 1 and 5));
create table orders (id uuid primary key default gen_random_uuid(), member bigint not null references members on delete restrict,
    placed timestamptz not null, shipped timestamptz,
  check (shipped is null or shipped >= placed), total numeric(10,2) not null default 0 check (total >= 0));
create table order_lines (order_id uuid references orders on delete cascade, line int check (line > 0), good sku not null references goods,
    quantity int not null check (quantity between 1 and 99),
  primary key (order_id, line), unique (order_id, good));
create table profiles (member bigint primary key references members on delete cascade, bio text not null default '',
    born date check (born > '1900-01-01' and born < '2020-01-01'), phone varchar(15) check (phone ~ '^\+[0-9]{8,14}$'));
create table seats (room int, seat int, taken boolean not null default false, primary key (room, seat), check (seat between 1 and 3),
    check (room in (1,2)));
create table bookings (id serial primary key, room int not null, during tsrange not null, exclude using gist (during with &&),
    check (not isempty(during)));
create table categories (id int primary key, parent int not null references categories, name text not null);
create table flags (single boolean primary key default true check (single), note text);
create table weekdays (day status primary key, label text not null);
create table pairs (a int not null, b int not null, primary key (a, b), check (a < b));
create table audit_like (at timestamptz primary key, who text not null, what json);
create unique index on members (lower(mail::text));
create unique index one_active on goods (color) where active;
insert into countries values ('DE','Germany'),('FR','France'),('US','United States');
insert into members (mail, country, manager, tags) select 'm'||n||'@mail.org', (array['DE','FR','US'])[1+n%3], case when n>1 then 1 end,
    array['t'||n] from generate_series(1,8) n;
insert into goods values ('ABC-0001','Hammer',12.5,1.5,'red',true,1),
    ('ABC-0002','Nails',1.5,0.5,'green',true,2),
    ('XYZ-0001','Paint',30,2,'blue',true,3),('XYZ-0002','Brush',3,null,'blue',false,4),('XYZ-0003','Rope',5,null,null,true,5);
insert into orders select ('00000000-0000-4000-8000-00000000000'||n)::uuid, n, timestamptz '2026-01-01' + n * interval '1 day',
    case when n%2=0 then timestamptz '2026-02-01' end, n*10 from generate_series(1,6) n;
insert into order_lines select ('00000000-0000-4000-8000-00000000000'||n)::uuid, k, (array['ABC-0001','ABC-0002','XYZ-0001'])[k],
    k from generate_series(1,6) n, generate_series(1,3) k;
insert into profiles select n, 'bio '||n, date '1980-01-01' + n, '+4912345678'||n from generate_series(1,6) n;
insert into seats select r, s, s=1 from generate_series(1,2) r, generate_series(1,3) s;
insert into bookings (room, during) values (1,'[2026-01-01,2026-01-02)'),(1,'[2026-01-03,2026-01-04)'),(2,'[2026-01-05,2026-01-06)');
insert into categories values (1,1,'root'),(2,1,'a'),(3,2,'b');
insert into flags values (true,'x');
insert into weekdays values ('new','a'),('open','b'),('closed','c');
insert into pairs values (1,2),(2,3),(1,3);
insert into audit_like select timestamptz '2026-01-01' + n * interval '1 hour', 'w'||n, '{"a":1}' from generate_series(1,5) n;
"""
