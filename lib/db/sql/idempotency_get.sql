-- Written before the effect and in its transaction: a row that can be seen has had its effect.
SELECT request_hash, location FROM idempotency
WHERE subject = :subject AND route = :route AND key = :idempotency_key;
