-- Certificates in PEM that are trusted besides the system's.
alter table connections add column authorities text;

-- How calls are forwarded; null is what the gateway has for all.
alter table collections add column max_body_bytes bigint;
alter table endpoints add column timeout_seconds bigint;
alter table endpoints add column to_base_url boolean not null default false;
