SELECT return_preview(id, :amount, :shipping, :fee) AS body
FROM order_return WHERE id = return_find(:number, '', :scopes, 'refunds:write')
