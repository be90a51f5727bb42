SELECT notification_take_once('notifyd-take_rejections', :events::jsonb) AS made
