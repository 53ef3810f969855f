-- Which pages of other sites may call a collection, as JSON; null for none.
alter table collections add column cors text;
