-- What happened to an order, oldest first. Customers see what, not who and with which amounts.
SELECT to_json(r) AS body FROM (
	SELECT o.id AS "order", o.number, (
		SELECT coalesce(json_agg(e ORDER BY e.at, e.version), '[]') FROM (
			(SELECT created_at AS at, version, kind,
				CASE WHEN 'orders:read' = ANY (:scopes) THEN actor END AS actor,
				CASE WHEN 'orders:read' = ANY (:scopes) THEN data
					ELSE jsonb_build_object('reason', data->>'reason') END AS data
			FROM order_event WHERE order_id = o.id
			ORDER BY version LIMIT 1000)
			UNION ALL
			(SELECT created_at, NULL, 'note',
				CASE WHEN 'orders:read' = ANY (:scopes) THEN author END,
				jsonb_build_object('text', text, 'public', public)
			FROM order_note WHERE order_id = o.id AND (public OR 'orders:read' = ANY (:scopes))
			ORDER BY id LIMIT 1000)
		) e) AS data
	FROM orders o WHERE id = order_find(:number, :subject, :scopes, 'orders:read')
) r
