-- A service's database in a private cluster, which is made anew.
SELECT format('DROP DATABASE IF EXISTS %I', :service::text) AS command;
