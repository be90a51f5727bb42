WITH removed AS (
	DELETE FROM promotion_coupon WHERE promotion = :code AND code = coupon_code(:coupon)
	RETURNING code
)
SELECT 204 AS status, NULL::json AS body FROM removed
