-- Images by the SHA-256 of their bytes, in hex; `content` is base64, since both databases keep text
-- alike. One that is referred to no more is removed with the last reference.
create table logos (
    digest text primary key,
    media_type text not null,
    content text not null,
    created_at bigint not null
);

alter table portals add column logo text references logos (digest);
alter table portals add column logo_2x text references logos (digest);
alter table clients add column logo text references logos (digest);
alter table clients add column logo_2x text references logos (digest);
create index portals_by_logo on portals (logo);
create index portals_by_logo_2x on portals (logo_2x);
create index clients_by_logo on clients (logo);
create index clients_by_logo_2x on clients (logo_2x);
