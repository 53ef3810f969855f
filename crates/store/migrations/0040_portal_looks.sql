-- Whom developers turn to: an e-mail address or an `https` URL. And the digest of the small picture in the
-- tabs of browsers; without one it is drawn in the portal's colour.
alter table portals add column support text;
alter table portals add column favicon text;
