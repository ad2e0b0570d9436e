import json
import logging

from odoo import SUPERUSER_ID
from odoo.http import Controller, request, route

_logger = logging.getLogger(__name__)

FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")


def max_bytes(_controller):
    profiles = request.env(user=SUPERUSER_ID)["pact.import.profile"]
    # one more, so that a file that is too large is answered by us
    return profiles._max_bytes() + 1


class PactImportUpload(Controller):
    @route(
        "/pact/import/upload/<string:ref>",
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,  # no session is used: the key is in a header
        save_session=False,
        max_content_length=max_bytes,
    )
    def upload(self, ref, name="", **_parameters):
        """Take in a file for the profile `ref`: the body is the file, `name` its name,
        the header `Authorization: Bearer <key>` the profile's key.

        202 with the job's number; 401 for anything but the right key of a profile; then
        403 while the profile takes no uploads, 413 above the limit, 415 for a form, 422
        for an empty file or a name that the profile does not take.
        """
        # superuser: the key is the right, and it reaches this one profile
        profiles = request.env(user=SUPERUSER_ID, su=True)["pact.import.profile"]
        profile = profiles._by_key(ref, self._key())
        if not profile:
            _logger.info("Upload refused for %s", request.httprequest.remote_addr)
            return self._answer(401, "Wrong address or key.")
        if not (profile.is_unattended and profile.accepts_upload and profile.active):
            return self._answer(403, "This profile takes no uploads now.")
        body = request.httprequest
        if body.mimetype in FORMS:
            return self._answer(415, "Send the file itself as text/csv, not a form.")
        limit = profiles._max_bytes()
        too_large = self._answer(413, f"More than {limit // 2**20} MB.")
        if (body.content_length or 0) > limit:
            return too_large
        if not profile._takes(name):
            return self._answer(422, "This profile takes no file of that name.")
        content = body.get_data()
        if len(content) > limit:
            return too_large
        job = profile._receive(name, content, "upload")
        if job.run_state == "refused":
            return self._answer(422, "The file is empty.")
        return self._answer(202, "Taken in.", job=job.id)

    def _key(self):
        header = request.httprequest.headers.get("Authorization", "")
        scheme, _space, key = header.partition(" ")
        return key.strip() if scheme.lower() == "bearer" else ""

    def _answer(self, status, message, **more):
        headers = [("Content-Type", "application/json"), ("Cache-Control", "no-store")]
        if status == 401:
            headers.append(("WWW-Authenticate", "Bearer"))
        body = json.dumps({"message": message, **more})
        return request.make_response(body, headers, status=status)
