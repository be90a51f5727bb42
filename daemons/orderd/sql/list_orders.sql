-- Newest first. The planner sees the values (a custom plan), so what is not asked for costs nothing,
-- and it takes the index of the rarest filter. Words and SKUs are looked up from their own side: in
-- order of the order's id too, so that each branch stops after a page.
WITH candidate AS NOT MATERIALIZED (
	SELECT o.id, o.created_at
	FROM orders o
	WHERE ('orders:read' = ANY (:scopes) OR owner = :subject)
	AND (:status IS NULL OR status = :status)
	AND (:payment IS NULL OR payment = :payment)
	AND (:fulfilment IS NULL OR fulfilment = :fulfilment)
	AND (:email IS NULL OR email = :email)
	AND (:held IS NULL OR (held_at IS NOT NULL) = :held)
	AND (:short IS NULL OR short = :short)
	AND (:since IS NULL OR (created_at >= :since
		AND o.id >= order_id_at(:since - interval '1 minute')))
	AND (:until IS NULL OR (created_at < :until
		AND o.id < order_id_at(:until + interval '1 second')))
	AND (NOT coalesce(:stuck, false) OR (step IS NOT NULL
		AND (attempt > 3 OR created_at < now() - interval '1 minute')))
	AND (:after IS NULL OR o.id < (:after->>0)::uuid)
), recent AS MATERIALIZED (
	SELECT c.id
	FROM (
		SELECT order_id, words FROM order_search
		WHERE :after IS NULL OR order_id < (:after->>0)::uuid
		ORDER BY order_id DESC LIMIT 10000
	) s JOIN candidate c ON c.id = s.order_id
	WHERE s.words @@ order_question(:q)
	ORDER BY s.order_id DESC LIMIT :limit + 1
), page AS (
	(SELECT id FROM candidate
	WHERE :q IS NULL AND :sku IS NULL
	ORDER BY id DESC LIMIT :limit + 1)
	UNION ALL
	(SELECT c.id FROM order_line l JOIN candidate c ON c.id = l.order_id
	WHERE :sku IS NOT NULL AND l.sku = :sku
	AND (:q IS NULL OR EXISTS (SELECT FROM order_search s
		WHERE s.order_id = c.id AND s.words @@ order_question(:q)))
	ORDER BY l.order_id DESC LIMIT :limit + 1)
	UNION ALL
	(SELECT id FROM recent
	WHERE :q IS NOT NULL AND :sku IS NULL AND (SELECT count(*) FROM recent) > :limit)
	UNION ALL
	(SELECT id FROM candidate
	WHERE :q IS NOT NULL AND :sku IS NULL AND (SELECT count(*) FROM recent) <= :limit
	AND id = ANY (ARRAY(SELECT order_id FROM order_search WHERE words @@ order_question(:q)))
	ORDER BY id DESC LIMIT :limit + 1)
), shown AS (
	SELECT id, row_number() OVER (ORDER BY id DESC) AS place FROM page
)
SELECT to_json(answer) AS body
FROM (
	SELECT (
		SELECT coalesce(json_agg(r), '[]')
		FROM (
			SELECT o.id, number, status, reason, payment, fulfilment, short,
				held_at IS NOT NULL AS held, email, name,
				ROW(total_amount, currency)::money_amount AS total, units,
				shipping_address->>'country' AS country,
				CASE WHEN 'orders:read' = ANY (:scopes) THEN step END AS step,
				CASE WHEN 'orders:read' = ANY (:scopes) THEN attempt END AS attempt,
				CASE WHEN 'orders:read' = ANY (:scopes) THEN last_error END AS last_error,
				CASE WHEN :lines THEN (SELECT json_agg(l ORDER BY l.line) FROM (
					SELECT line, sku, x.name, quantity, cancelled, shipped,
						ROW(price_amount, o.currency)::money_amount AS price,
						ROW(x.tax_amount, o.currency)::money_amount AS tax,
						ROW(x.total_amount, o.currency)::money_amount AS total
					FROM order_line x WHERE x.order_id = o.id) l) END AS lines,
				version, created_at, updated_at
			FROM shown JOIN orders o ON o.id = shown.id
			WHERE place <= :limit
			ORDER BY place
		) r
	) AS data, (
		SELECT cursor_encode(jsonb_build_array(id))
		FROM shown
		WHERE place = :limit AND EXISTS (SELECT FROM shown WHERE place > :limit)
	) AS next
) answer
