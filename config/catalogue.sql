-- A catalogue to try Weir with: 10,200 products and 200 articles in four locales (en, id, de, fr). Run after schema.sql.
-- The same rows every time; rows that are already there stay as they are, so it is safe to run again.
--
-- Products p1, p5, p9 … are en, p2, p6 … id, p3 … de, p4 … fr; every 97th is unpublished. A name joins one word from each
-- of three lists whose lengths (19, 13, 11) have no common divisor, so that no name repeats within 19 * 13 * 11 = 2,717.

set client_encoding = 'UTF8';
set client_min_messages = warning;

begin;

create temporary table words (
    locale    text primary key,
    things    text[],
    materials text[],
    styles    text[],
    name      text,  -- format(): 1 thing, 2 material, 3 style
    blurb     text,
    currency  text,
    cents     integer  -- what one US cent is worth
) on commit drop;

insert into words values
('en',
 '{table,chair,bench,shelf,lamp,bowl,vase,tray,clock,mirror,stool,desk,cabinet,basket,candlestick,frame,chest,rack,screen}',
 '{oak,walnut,ash,birch,maple,cherry,bamboo,rattan,steel,brass,glass,marble,stoneware}',
 '{"Plain","Round","Folding","Low","Tall","Narrow","Carved","Painted","Stackable","Wall-mounted","Small"}',
 '%3$s %2$s %1$s', 'Made of %2$s by hand. Each %1$s is checked before it leaves the workshop.', 'USD', 1),
('id',
 '{Meja,Kursi,Bangku,Rak,Lampu,Mangkuk,Vas,Nampan,Jam,Cermin,Dingklik,"Meja kerja",Lemari,Keranjang,"Tempat lilin",Bingkai,Peti,Gantungan,Sekat}',
 '{jati,mahoni,sungkai,trembesi,akasia,mindi,bambu,rotan,baja,kuningan,kaca,marmer,gerabah}',
 '{polos,bundar,lipat,rendah,tinggi,ramping,ukir,cat,susun,dinding,kecil}',
 '%1$s %2$s %3$s', '%1$s buatan tangan dari %2$s. Setiap barang diperiksa sebelum dikirim.', 'IDR', 160),
('de',
 '{Tisch,Stuhl,Bank,Regal,Lampe,Schale,Vase,Tablett,Uhr,Spiegel,Hocker,Schreibtisch,Schrank,Korb,Kerzenständer,Rahmen,Truhe,Ständer,Wandschirm}',
 '{Eiche,Nussbaum,Esche,Birke,Ahorn,Kirsche,Bambus,Rattan,Stahl,Messing,Glas,Marmor,Steinzeug}',
 '{schlicht,rund,klappbar,niedrig,hoch,schmal,geschnitzt,bemalt,stapelbar,"für die Wand",klein}',
 '%1$s aus %2$s, %3$s', 'Handarbeit aus %2$s. Jedes Stück wird geprüft, bevor es die Werkstatt verlässt.', 'EUR', 1),
('fr',
 '{Table,Chaise,Banc,Étagère,Lampe,Bol,Vase,Plateau,Horloge,Miroir,Tabouret,Bureau,Armoire,Panier,Bougeoir,Cadre,Coffre,Portant,Paravent}',
 '{chêne,noyer,frêne,bouleau,érable,cerisier,bambou,rotin,acier,laiton,verre,marbre,grès}',
 '{"style sobre","style rond",pliant,"modèle bas","modèle haut","modèle étroit","motif sculpté","motif peint",empilable,"à fixer au mur","petit modèle"}',
 '%1$s en %2$s, %3$s', 'Fait à la main en %2$s. Chaque pièce est vérifiée avant de quitter l''atelier.', 'EUR', 1);

insert into products (id, locale, name, description, price_cents, currency, published, updated_at)
select 'p' || n,
       w.locale,
       format(w.name, thing, material, style),
       format(w.blurb, thing, material, style),
       w.cents * (990 + 250 * (n * 7919 % 397)),
       w.currency,
       n % 97 <> 0,
       timestamptz '2026-01-01 08:00:00+00' + n * interval '37 seconds'
from generate_series(1, 10200) as n
cross join lateral (select ('{en,id,de,fr}'::text[])[1 + (n - 1) % 4] as locale, (n - 1) / 4 as k) as place
join words as w using (locale)
cross join lateral (select w.things[1 + k % 19] as thing, w.materials[1 + k % 13] as material,
                           w.styles[1 + k % 11] as style) as picked
on conflict (id) do nothing;

create temporary table topics (
    locale text primary key,
    titles text[],
    part   text,
    body   text
) on commit drop;

insert into topics values
('en', '{"Caring for oak","Oil or wax","A shelf that holds","Light for reading","Glass that stays clear","Small rooms"}',
 'part', 'Wood, metal and stone each age in their own way. Clean gently, dry at once, and keep out of the sun.'),
('id', '{"Merawat kayu jati","Minyak atau lilin","Rak yang kuat","Lampu untuk membaca","Kaca tetap bening","Ruang kecil"}',
 'bagian', 'Kayu, logam, dan batu menua dengan caranya sendiri. Bersihkan perlahan, keringkan, dan hindari matahari.'),
('de', '{"Eiche pflegen","Öl oder Wachs","Ein Regal das hält","Licht zum Lesen","Glas bleibt klar","Kleine Räume"}',
 'Teil', 'Holz, Metall und Stein altern jedes auf seine Weise. Sanft reinigen, gleich trocknen, vor Sonne schützen.'),
('fr', '{"Entretenir le chêne","Huile ou cire","Une étagère solide","La lumière pour lire","Un verre toujours clair","Petites pièces"}',
 'partie', 'Le bois, le métal et la pierre vieillissent chacun à leur façon. Nettoyer doucement, sécher, éviter le soleil.');

-- Slugs are guide-1 … guide-200; every seventh is a draft.
insert into articles (slug, locale, title, summary, body, status, published_at, updated_at)
select 'guide-' || n,
       t.locale,
       format('%s, %s %s', title, t.part, 1 + k / 6),
       left(t.body, 60) || '…',
       repeat(t.body || E'\n\n', 3 + n % 5),
       case when n % 7 = 0 then 'draft' else 'published' end,
       case when n % 7 = 0 then null else timestamptz '2026-01-01 08:00:00+00' + n * interval '5 hours' end,
       timestamptz '2026-01-01 08:00:00+00' + n * interval '5 hours'
from generate_series(1, 200) as n
cross join lateral (select ('{en,id,de,fr}'::text[])[1 + (n - 1) % 4] as locale, (n - 1) / 4 as k) as place
join topics as t using (locale)
cross join lateral (select t.titles[1 + k % 6] as title) as picked
on conflict (slug) do nothing;

commit;

analyze products, articles;
