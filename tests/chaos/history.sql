-- The client's history: what it sent and what came back. An order counts as acknowledged when its
-- id was answered. Empty when there was no client: what compares with it is then left out.
CREATE TABLE history_line (id bigint GENERATED ALWAYS AS IDENTITY, line jsonb NOT NULL);

CREATE VIEW history AS
SELECT id, (line ->> 'client')::bigint AS client, line ->> 'type' AS type, line ->> 'op' AS op,
	line ->> 'key' AS key, line -> 'value' AS value
FROM history_line;

CREATE VIEW acknowledged AS
SELECT key, value ->> 'order' AS order_id, value ->> 'status' AS status, value ->> 'code' AS reason
FROM history
WHERE op IN ('order', 'outcome') AND type IN ('ok', 'fail') AND value ->> 'order' <> '';

-- Half to even, as the shop promises for each line.
CREATE FUNCTION half_even(x numeric) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN abs(x - trunc(x)) = 0.5 THEN 2 * round(x / 2) ELSE round(x) END::bigint
$$;

-- The routes end in the id: /v1/orders/ID.
CREATE FUNCTION last_part(path text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT substring(path FROM '[^/]+$')
$$;

-- What arrived outside: the notifications whose mails lie in the mailbox, and the orders whose
-- confirmation the receiver of webhooks wrote down. Empty when nobody looked there.
CREATE TABLE mailed (notification text NOT NULL);
CREATE TABLE heard (order_id text NOT NULL);
