-- Where whoever follows a link wanted to go; a path of the same site.
alter table sign_in_links add column next text;
