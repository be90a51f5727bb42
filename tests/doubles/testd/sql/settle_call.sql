UPDATE call SET state = 'done', settled = settled + 1, status = :status::integer,
	answer_length = :answer_length::integer, why = :why
WHERE id = :id AND attempt = :attempt::integer
