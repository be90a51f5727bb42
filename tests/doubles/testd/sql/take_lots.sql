SELECT lots_take(:events::jsonb) AS made
