-- A category was archived or came back: any product may be hidden or shown by that.
UPDATE cart_setting SET products_since = greatest(products_since, clock_timestamp())
