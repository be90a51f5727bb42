SELECT draft_body(d) AS body, version AS etag FROM order_draft d WHERE id = draft_find(:draft)
