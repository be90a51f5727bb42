UPDATE return_setting SET return_window = given.value
FROM (SELECT :window_ms::bigint * interval '1 millisecond' AS value) given
WHERE return_window IS DISTINCT FROM given.value
