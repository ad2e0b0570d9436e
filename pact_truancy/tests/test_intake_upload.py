import json

from odoo.tests import HttpCase, tagged

from .unattended_common import DAY, HEAD, UnattendedCommon


@tagged("post_install", "-at_install")
class TestIntakeUpload(UnattendedCommon, HttpCase):
    """The authenticated upload, over the wire."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.profile.copy({"name": "Other"})
        cls.make_unattended(cls.profile, cls.school, accepts_upload=True)
        cls.make_unattended(
            cls.other, cls.other_school, accepts_upload=True, folder=False
        )
        cls.key, cls.other_key = map(cls.new_key, (cls.profile, cls.other))

    @classmethod
    def new_key(cls, profile):
        page = profile.with_user(cls.admin).action_new_key()
        return page["context"]["default_key"]

    def post(self, body=DAY, key=None, ref=None, name="absences.csv", **headers):
        return self.url_open(
            f"/pact/import/upload/{ref or self.profile.upload_ref}",
            params={"name": name},
            data=body.encode() if isinstance(body, str) else body,
            headers={
                "Authorization": f"Bearer {self.key if key is None else key}",
                "Content-Type": "text/csv",
                "X-Odoo-Database": self.env.cr.dbname,
                **headers,
            },
        )

    def test_a_file_is_taken_in_and_applied(self):
        response = self.post()
        self.assertEqual(response.status_code, 202, response.text)
        job = self.jobs()
        self.assertEqual(response.json()["job"], job.id)
        self.assertEqual(job.arrived_by, "upload")
        self.work()
        self.assertEqual(job.state, "applied", job.run_problem)
        self.assertEqual(len(self.events(self.theo)), 1)
        self.assertNotIn("Set-Cookie", response.headers)

    def test_every_wrong_key_is_answered_alike(self):
        answers = {
            (response.status_code, response.text)
            for response in (
                self.post(key="wrong"),
                self.post(key=""),
                self.post(key=self.other_key),
                self.post(key=self.key + "x"),
                self.post(key="0" * 64),
                self.post(key=self.profile.sudo().upload_key_hash),
                self.post(ref="nowhere"),
                self.post(ref=str(self.profile.id)),
                self.post(Authorization=""),
                self.post(Authorization=f"Basic {self.key}"),
                self.post(ref="nowhere", body=b"x" * 100, key=""),
            )
        }
        self.assertEqual(len(answers), 1, answers)
        self.assertEqual(answers.pop()[0], 401)
        self.assertFalse(self.jobs())

    def test_a_persons_api_key_is_none(self):
        key = (
            self.env["res.users.apikeys"]
            .with_user(self.env.ref("base.user_admin"))
            .sudo()
            ._generate("rpc", "test", False)
        )
        self.assertEqual(self.post(key=key).status_code, 401)

    def test_a_new_key_makes_the_old_one_void(self):
        key = self.new_key(self.profile)
        self.assertEqual(self.post().status_code, 401)
        self.assertEqual(self.post(key=key).status_code, 202)

    def test_nobody_reads_the_key(self):
        record = self.profile.with_user(self.admin)
        self.assertNotIn("upload_key_hash", record.read()[0])
        self.assertNotIn(self.key, json.dumps(record.read(), default=str))

    def test_switched_off(self):
        self.profile.accepts_upload = False
        self.assertEqual(self.post().status_code, 403)
        self.profile.write({"accepts_upload": True, "is_unattended": False})
        self.assertEqual(self.post().status_code, 403)
        self.assertFalse(self.jobs())

    def test_a_huge_body_is_not_taken(self):
        parameter = self.env["ir.config_parameter"]
        parameter.set_param("pact_truancy.import_max_mb", 1)
        self.assertEqual(self.post(b"x" * (2**20 + 1)).status_code, 413)
        self.assertEqual(self.post(b"x" * (3 * 2**20)).status_code, 413)
        self.assertFalse(self.jobs())
        self.assertEqual(self.post(b"x" * 2**20).status_code, 202)

    def test_names_that_are_not_names(self):
        for name in (
            "", "../absences.csv", "absences/../../x.csv", "absences\\x.csv",
            "absences\n.csv", "absences\0.csv", "other.csv", "absences.csv.exe",
            "absences" + "x" * 200 + ".csv",
        ):  # fmt: skip
            self.assertEqual(self.post(name=name).status_code, 422, name)
        self.assertFalse(self.jobs())

    def test_forms_and_other_methods(self):
        form = "application/x-www-form-urlencoded"
        self.assertEqual(self.post("a=b", **{"Content-Type": form}).status_code, 415)
        url = f"/pact/import/upload/{self.profile.upload_ref}"
        self.assertEqual(self.url_open(url).status_code, 405)
        self.assertFalse(self.jobs())

    def test_empty_is_refused_and_becomes_a_task(self):
        self.assertEqual(self.post(b" \n").status_code, 422)
        self.assertEqual(self.jobs().run_state, "refused")
        self.assertEqual(self.profile.day_ids.state, "empty")
        self.assertEqual(len(self.tasks()), 1)
        self.assertEqual(self.post().status_code, 202)
        self.work()
        self.assertFalse(self.tasks(), "a good file came")

    def test_the_same_file_again_is_one_import(self):
        first = self.post().json()["job"]
        self.assertEqual(self.post().json()["job"], first, "it waits")
        self.work()
        self.assertEqual(self.post().json()["job"], first, "it is the last one applied")
        self.assertEqual(len(self.jobs()), 1)

    def test_an_old_file_replayed_waits_for_a_person(self):
        self.post()
        self.work()
        self.post(HEAD + "004821,0012,2026-03-02,EXC\n")
        self.work()
        replayed = self.post().json()["job"]
        self.work()
        job = self.env["pact.import.job"].browse(replayed)
        self.assertEqual((job.state, job.run_state), ("preview", "stopped"))
        self.assertIn("undo", job.run_problem)
        self.assertEqual(len(self.events(self.theo).filtered("is_withdrawn")), 1)

    def test_one_profiles_key_brings_nothing_for_another(self):
        """GEN-05: rows of the other district are rejected like unknown."""
        response = self.post(key=self.other_key, ref=self.other.upload_ref)
        self.assertEqual(response.status_code, 202)
        self.work()
        job = self.jobs()
        self.assertNotEqual(job.state, "applied")
        self.assertFalse(self.events(self.theo))
