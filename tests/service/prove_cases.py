"""Schemas with rows, and files that serve them: right ones, and ones with one mistake each."""

import re

HEAD = """
[server]
listen = "${WEIR_LISTEN:-127.0.0.1:18080}"
workers = 1
[admin]
listen = "${WEIR_ADMIN_LISTEN:-127.0.0.1:18081}"
token = "${WEIR_ADMIN_TOKEN:-local-trial-only}"
[postgres]
url = "${WEIR_POSTGRES_URL:-postgresql://weir@127.0.0.1:5432/weir}"
"""


def resource(name, path, key, sql, more=""):
    for parameter in re.findall(r"{(\w+)}", path):
        if f"parameter.{parameter}" not in more:
            more += f"\nparameter.{parameter} = {{ max_length = 64 }}"
    absent = "" if 'rows = "many"' in more else 'negative_ttl = "30s"\n'
    return f'\n[resource.{name}]\npath = "{path}"\nkey = "{key}"\nttl = "10m"\n{absent}{more}\nsql = """\n{sql}"""\n'


def change(table, *keys, tags=()):
    listed = ", ".join(f'"{key}"' for key in keys)
    tagged = ", ".join(f'"{tag}"' for tag in tags)
    return f"\n[change.{table}]\n" + (f"keys = [{listed}]\n" if keys else "") + (f"tags = [{tagged}]\n" if tags else "")


ID = 'parameter.id = { type = "integer" }'

# Traders: categories, suppliers, products, customers, orders and their lines.
TRADERS = """
create table categories (category_id int primary key, category_name text not null, description text);
create table suppliers (supplier_id int primary key, company text not null, country text);
create table products_n (product_id int primary key, product_name text not null, unit_price numeric(10,2) not null,
    discontinued boolean not null default false, category_id int not null references categories,
    supplier_id int not null references suppliers);
create table customers (customer_id text primary key, company text not null, city text, tags text[] not null default '{}');
create table orders (order_id int primary key, customer_id text references customers, order_date date not null, freight numeric(8,2));
create table order_lines (order_id int references orders, product_id int references products_n, quantity int not null check (quantity > 0),
    primary key (order_id, product_id));
insert into categories select n, 'Category ' || n, null from generate_series(1, 8) n;
insert into suppliers select n, 'Supplier ' || n, (array['UK','DE','FR'])[1 + n % 3] from generate_series(1, 20) n;
insert into products_n select n, 'Product ' || n, n * 1.5, n % 9 = 0, 1 + n % 8, 1 + n % 20 from generate_series(1, 70) n;
insert into customers select 'C' || n, 'Company ' || n, (array['London','Berlin','Paris'])[1 + n % 3],
    (array['{}','{vip}','{vip,new}','{new}'])[1 + n % 4]::text[] from generate_series(1, 30) n;
insert into orders select n, 'C' || (1 + n % 30), date '2026-01-01' + n % 9, n from generate_series(1, 60) n;
insert into order_lines select n, 1 + (n * k) % 70, k from generate_series(1, 60) n, generate_series(1, 3) k on conflict do nothing;
create function is_up_to(id int, most bigint) returns boolean language sql immutable as 'select id <= most';
create function is_in(city text, wanted text) returns boolean language sql immutable as $$select wanted = 'all' or city = wanted$$;
create view sellable as select p.product_id, p.product_name, c.category_name from products_n p join categories c using (category_id)
    where not p.discontinued;
"""

# Films: films, actors, who plays where, copies and rentals.
FILMS = """
create type rating as enum ('G', 'PG', 'R');
create table language (language_id serial primary key, name char(20) not null);
create table film (film_id serial primary key, title varchar(255) not null, language_id int not null references language,
    rating rating default 'G', rental_rate numeric(4,2) not null default 4.99, last_update timestamptz not null default now());
create table actor (actor_id serial primary key, first_name text not null, last_name text not null);
create table film_actor (actor_id int references actor, film_id int references film, primary key (actor_id, film_id));
create table inventory (inventory_id serial primary key, film_id int not null references film, store_id int not null);
create table rental (rental_id bigint generated always as identity primary key, inventory_id int not null references inventory,
    rented_on date not null, returned_on date);
insert into language (name) values ('English'), ('Italian');
insert into film (title, language_id, rating) select 'Film ' || n, 1 + n % 2, (array['G','PG','R'])[1 + n % 3]::rating from generate_series(1, 40) n;
insert into actor (first_name, last_name) select 'First ' || n, 'Last ' || n from generate_series(1, 25) n;
insert into film_actor select 1 + (f * k) % 25, f from generate_series(1, 40) f, generate_series(1, 3) k on conflict do nothing;
insert into inventory (film_id, store_id) select 1 + n % 40, 1 + n % 2 from generate_series(1, 80) n;
insert into rental (inventory_id, rented_on, returned_on) select 1 + n % 80, date '2026-01-01' + n % 20, case when n % 3 > 0 then date '2026-02-01' end
    from generate_series(1, 120) n;
create function touch() returns trigger language plpgsql as $$ begin new.last_update := now(); return new; end $$;
create trigger film_touch before update on film for each row execute function touch();
"""

# Tables of unusual kinds: partitioned, without a key, empty, with a domain, an identity, a generated column, a reference to itself.
ODD = """
create domain grade as int check (value between 1 and 5);
create table parts (id bigint generated always as identity, region text not null, weight numeric not null,
    twice numeric generated always as (weight * 2) stored, grade grade, primary key (id, region)) partition by list (region);
create table parts_a partition of parts for values in ('a');
create table parts_b partition of parts for values in ('b');
insert into parts (region, weight, grade) select (array['a','b'])[1 + n % 2], n, 1 + n % 5 from generate_series(1, 9) n;
create table notes (body text, about text);
insert into notes values ('one', 'x'), ('two', 'x'), ('three', 'y');
create table owners (id uuid primary key, name varchar(20) not null);
create table pets (id int primary key, owner uuid not null references owners, kind text not null check (kind in ('cat', 'dog')), parent int references pets);
create table staff (id smallint primary key, name text not null, boss smallint references staff);
insert into staff values (1, 'Ada', null), (2, 'Bob', 1), (3, 'Cem', 1);
"""

PRODUCT = resource("product", "/products/{id}", "products:item:{id}",
                   "select product_id, product_name, unit_price from products_n where product_id = {id}", ID)

TRADERS_RIGHT = (
    PRODUCT
    + resource("by_category", "/categories/{id}/products", "products:by:{id}",
               "select product_id, product_name from products_n where category_id = {id} and not discontinued order by product_id",
               ID + '\nrows = "many"')
    + resource("cheap", "/cheap", "products:cheap:{most}",
               "select product_id, unit_price from products_n where unit_price <= {most} order by product_id",
               'rows = "many"\ntags = ["products:cheap"]\nquery.most = { type = "integer", default = 20, min = 0, max = 1000 }')
    + resource("sellable", "/sellable/{id}", "sellable:item:{id}", "select * from sellable where product_id = {id}",
               ID + '\ntags = ["sellable:any"]')
    + resource("order_total", "/orders/{id}/total", "orders:total:{id}",
               "select l.order_id, sum(l.quantity * p.unit_price) as total from order_lines l join products_n p using (product_id) "
               "where l.order_id = {id} group by l.order_id", ID + '\ntags = ["orders:totals"]')
    + resource("orders_of", "/customers/{customer}/orders", "orders:of:{customer}",
               "select order_id, order_date, freight from orders where customer_id = {customer} order by order_id",
               'rows = "many"')
    + change("categories", tags=["sellable:any"])
    + change("products_n", "products:item:{product_id}", "products:by:{category_id}", "sellable:item:{product_id}",
             tags=["products:cheap", "orders:totals"])
    + change("order_lines", "orders:total:{order_id}")
    + change("orders", "orders:of:{customer_id}")
)

FILMS_RIGHT = (
    resource("film", "/films/{id}", "films:item:{id}",
             "select f.film_id, f.title, f.rating, f.last_update, l.name as language, "
             "(select json_agg(a.last_name order by a.actor_id) from film_actor fa join actor a using (actor_id) "
             "where fa.film_id = f.film_id) as actors from film f join language l using (language_id) where f.film_id = {id}",
             ID + '\ntags = ["films:any"]')
    + resource("films_rated", "/films", "films:rated:{rating}:{language}",
               "select film_id, title from film where rating::text = {rating} and language_id = {language} order by film_id",
               'rows = "many"\nquery.rating = { one_of = ["G", "PG", "R"], default = "G" }\n'
               'query.language = { type = "integer", default = 1 }')
    + resource("available", "/films/{id}/copies", "films:copies:{id}",
               "select i.film_id, count(*) filter (where r.returned_on is not null or r.rental_id is null) as copies from inventory i "
               "left join rental r using (inventory_id) where i.film_id = {id} group by i.film_id", ID + '\ntags = ["copies:any"]')
    + change("film", "films:item:{film_id}", "films:rated:{rating}:{language_id}")
    + change("language", tags=["films:any"])
    + change("film_actor", "films:item:{film_id}")
    + change("actor", tags=["films:any"])
    + change("inventory", "films:copies:{film_id}", tags=["copies:any"])
    + change("rental", tags=["copies:any"])
)

JOINS = (
    resource("product", "/products/{id}", "products:item:{id}",
             "select p.product_id, p.product_name, c.category_name, s.company as supplier from products_n p "
             "join categories c using (category_id) join suppliers s using (supplier_id) where p.product_id = {id}", ID)
    + resource("order_total", "/orders/{id}/total", "orders:total:{id}",
               "select l.order_id, sum(l.quantity * p.unit_price) as total from order_lines l join products_n p "
               "using (product_id) where l.order_id = {id} group by l.order_id", ID)
    + change("products_n", "products:item:{product_id}")
    + change("order_lines", "orders:total:{order_id}")
)

# What the proof says to add to it.
JOINS_REMEDIES = """
[[change.categories.through]]
sql = "select product_id from products_n where category_id = {category_id}"
keys = ["products:item:{product_id}"]
[[change.suppliers.through]]
sql = "select product_id from products_n where supplier_id = {supplier_id}"
keys = ["products:item:{product_id}"]
[[change.products_n.through]]
sql = "select order_id from order_lines where product_id = {product_id}"
keys = ["orders:total:{order_id}"]
"""

ODD_RIGHT = (
    resource("part", "/parts/{region}/{id}", "parts:{region}:{id}", "select id, weight, twice, grade from parts where id = {id} and region = {region}", ID)
    + resource("notes", "/notes/{about}", "notes:{about}", "select body from notes where about = {about} order by body", 'rows = "many"')
    + resource("employee", "/staff/{id}", "staff:{id}", "select s.id, s.name, b.name as boss from staff s left join staff b on b.id = s.boss where s.id = {id}",
               ID + '\ntags = ["staff:any"]')
    + change("parts", "parts:{region}:{id}")
    + change("notes", "notes:{about}")
    + change("staff", "staff:{id}", tags=["staff:any"])
)

ODD_EMPTY = (
    resource("pet", "/pets/{id}", "pets:{id}", "select p.id, p.kind, o.name from pets p join owners o on o.id = p.owner where p.id = {id}", ID)
    + change("pets", "pets:{id}")
)

# kind: (schema, file, the resource and the table that must be named)
WRONG = {
    "a table that is missing": (
        TRADERS,
        resource("product", "/products/{id}", "products:item:{id}",
                 "select p.product_id, p.product_name, s.company from products_n p join suppliers s using (supplier_id) "
                 "where p.product_id = {id}", ID) + change("products_n", "products:item:{product_id}"),
        ("product", "suppliers")),
    "a table without a change whose link no constraint declares": (
        TRADERS + "create table stock (product_id int primary key, quantity int not null); insert into stock select n, n from generate_series(1, 70) n;",
        resource("product", "/products/{id}", "products:item:{id}",
                 "select p.product_id, p.product_name, s.quantity from products_n p join stock s using (product_id) "
                 "where p.product_id = {id}", ID) + change("products_n", "products:item:{product_id}"),
        ("product", "stock")),
    "a key that lacks a list": (
        TRADERS,
        PRODUCT + resource("by_category", "/categories/{id}/products", "products:by:{id}",
                           "select product_id, product_name from products_n where category_id = {id} order by 1",
                           ID + '\nrows = "many"') + change("products_n", "products:item:{product_id}"),
        ("by_category", "products_n")),
    "a key of the wrong column": (
        TRADERS,
        PRODUCT + change("products_n", "products:item:{category_id}"),
        ("product", "products_n")),
    "a filter that is an inequality": (
        TRADERS,
        resource("cheap", "/cheap/{most}", "products:cheap:{most}",
                 "select product_id, product_name from products_n where is_up_to(product_id, {most}) order by product_id",
                 'rows = "many"\nparameter.most = { type = "integer" }') + change("products_n", "products:cheap:{product_id}"),
        ("cheap", "products_n")),
    "a filter that one value turns off": (
        TRADERS,
        resource("in_city", "/customers", "customers:in:{city}",
                 "select customer_id, company from customers where is_in(city, {city}) order by customer_id",
                 'rows = "many"\nquery.city = { default = "all" }') + change("customers", "customers:in:{city}"),
        ("in_city", "customers")),
    "a member of an array": (
        TRADERS,
        resource("tagged", "/tagged/{tag}", "customers:tagged:{tag}",
                 "select customer_id, company from customers where array_position(tags, {tag}) is not null order by customer_id", 'rows = "many"')
        + change("customers", "customers:tagged:{customer_id}"),
        ("tagged", "customers")),
    "an aggregate through a join": (
        TRADERS,
        resource("order_total", "/orders/{id}/total", "orders:total:{id}",
                 "select l.order_id, sum(l.quantity * p.unit_price) as total from order_lines l join products_n p "
                 "using (product_id) where l.order_id = {id} group by l.order_id", ID) + change("order_lines", "orders:total:{order_id}"),
        ("order_total", "products_n")),
    "a table behind a view": (
        TRADERS,
        resource("sellable", "/sellable/{id}", "sellable:item:{id}", "select * from sellable where product_id = {id}", ID)
        + change("products_n", "sellable:item:{product_id}"),
        ("sellable", "categories")),
    "a list that a row moves out of": (
        TRADERS,
        resource("city_orders", "/cities/{city}/orders", "orders:in:{city}",
                 "select o.order_id, o.freight from orders o join customers c using (customer_id) where c.city = {city} order by 1",
                 'rows = "many"') + change("customers", "orders:in:{city}") + change("orders", "orders:in:{customer_id}"),
        ("city_orders", "orders")),
    "a count over an anti-join": (
        FILMS,
        resource("available", "/films/{id}/copies", "films:copies:{id}",
                 "select {id} as film_id, count(*) as copies from inventory i where i.film_id = {id} and not exists "
                 "(select from rental r where r.inventory_id = i.inventory_id and r.returned_on is null)", ID)
        + change("inventory", "films:copies:{film_id}"),
        ("available", "rental")),
    "one of two parameters swapped": (
        FILMS,
        resource("shelf", "/stores/{store}/films/{film}", "shelf:{store}:{film}",
                 "select count(*) as copies from inventory where store_id = {store} and film_id = {film}",
                 'parameter.store = { type = "integer" }\nparameter.film = { type = "integer" }')
        + change("inventory", "shelf:{film_id}:{store_id}"),
        ("shelf", "inventory")),
}


def without_one_name(text):
    """The file as often as its changes have names, each time without another one of them: (the name, the file)."""
    for section in re.findall(r"^\[change[^\n]*\n(?:(?:keys|tags) = [^\n]*\n)+", text, re.M):
        for name in re.findall('"[^"]*"', section):
            less = re.sub(rf"{re.escape(name)}(, )?", "", section).replace(", ]", "]")
            less = re.sub(r"(keys|tags) = \[\]\n", "", less)
            yield name, text.replace(section, less if less.count("\n") > 1 else "")
