SELECT refund_show(id) AS body
FROM refund_decide(:id::uuid, 'rejected', :subject, :note) id
WHERE id IS NOT NULL
