-- What ./dev bench measures on. The descriptions are as long as it takes for an answer of 1,024 bytes.
create table items (id text primary key, name text not null, price_cents integer not null, currency text not null,
                    description text not null);
insert into items
select id, name, price_cents, currency, rpad('', 1024 - octet_length(row_to_json(short)::text), 'All work and no play. ')
from (select n::text as id, 'Item ' || n as name, n % 10000 as price_cents, 'EUR' as currency, '' as description
      from generate_series(1, 100000) as n) as short;

create table shelved (shelf text not null, id text not null, name text not null, price_cents integer not null,
                      currency text not null, summary text not null, primary key (shelf, id));
insert into shelved
select shelf, 's' || lpad(n::text, 3, '0'), 'Item ' || n, n * 100, 'EUR', rpad('', 320, 'Fifty of these make 20 KB. ')
from unnest(array['books', 'tools']) as shelf, generate_series(1, 50) as n;

create sequence slow_loads minvalue 0 start 0;
create sequence watched_loads minvalue 0 start 0;
vacuum analyze;
