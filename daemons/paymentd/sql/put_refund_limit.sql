UPDATE refund_limit SET amount = :amount::bigint WHERE scope = 'refunds:write'
