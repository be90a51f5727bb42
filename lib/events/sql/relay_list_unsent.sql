-- What is to be published next, with the text of each message.
SELECT o.id, o.subject,
       (SELECT to_json(p)
          FROM (SELECT :stream::text || '-' || o.id AS id, o.subject,
                       o.aggregate_id AS aggregate, o.version,
                       to_char(o.created_at AT TIME ZONE 'UTC',
                               'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS time,
                       o.body AS data) p)::text AS message
  FROM outbox o
 WHERE o.sent_at IS NULL
 ORDER BY o.id
 LIMIT :limit::int;
