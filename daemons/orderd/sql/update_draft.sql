-- Status 424, with nothing written: catalogd must be asked for the prices first.
WITH target AS MATERIALIZED (
	SELECT draft_find(:draft) AS id, return_unquoted(:body->'lines') AS skus
), updated AS MATERIALIZED (
	SELECT draft_update(id, :if_match, :body) AS d FROM target WHERE skus IS NULL AND id IS NOT NULL
)
SELECT draft_body(d) AS body, (d).version AS etag, NULL::integer AS status
FROM updated WHERE (d).id IS NOT NULL
UNION ALL
SELECT NULL, NULL, 412 FROM updated WHERE (d).id IS NULL
UNION ALL
SELECT skus, NULL, 424 FROM target WHERE skus IS NOT NULL AND id IS NOT NULL
