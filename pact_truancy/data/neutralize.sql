-- a copy for demo, test or training sends nothing and fetches nothing
UPDATE ir_cron SET active = false
 WHERE id IN (SELECT res_id FROM ir_model_data
               WHERE model = 'ir.cron' AND module = 'mail'
                 AND name = 'ir_cron_module_update_notification');
UPDATE pact_import_profile SET is_unattended = false;
UPDATE pact_import_job SET run_state = NULL WHERE run_state IN ('queued', 'running');
