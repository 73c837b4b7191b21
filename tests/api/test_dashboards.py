"""Dashboards: stored byte for byte, checked, listed."""
import unittest

import artefacts
from weir_server import ServerTest


class Dashboards(ServerTest):
    def test_bodies_come_back_byte_for_byte(self):
        cloudwatch = self.server.client("cloudwatch")
        body = '{"widgets":[ {"type":"text","x":0,"y":0,"properties":{"markdown":"h\u00e9 <b>"},"own":1} ]}\n'
        answer = cloudwatch.put_dashboard(DashboardName="one", DashboardBody=body)
        self.assertEqual([m["DataPath"] for m in answer["DashboardValidationMessages"]], ["/widgets/0"])
        told = cloudwatch.get_dashboard(DashboardName="one")
        self.assertEqual(told["DashboardBody"], body)
        self.assertEqual(told["DashboardArn"], "arn:aws:cloudwatch::123456789012:dashboard/one")
        entry, = cloudwatch.list_dashboards(DashboardNamePrefix="on")["DashboardEntries"]
        self.assertEqual(entry["Size"], len(body.encode()))
        self.assertEqual(self.server.client("cloudwatch", region="eu-west-1").get_dashboard(
            DashboardName="one")["DashboardBody"], body)
        self.server.restart()
        cloudwatch = self.server.client("cloudwatch")
        self.assertEqual(cloudwatch.get_dashboard(DashboardName="one")["DashboardBody"], body)
        cloudwatch.delete_dashboards(DashboardNames=["one"])
        answer = self.refused("ResourceNotFound", cloudwatch.get_dashboard, DashboardName="one")
        self.assertEqual(answer["Error"]["Message"], "Dashboard one does not exist")

    def test_a_refused_body_leaves_the_old_one(self):
        cloudwatch = self.server.client("cloudwatch")
        cloudwatch.put_dashboard(DashboardName="kept", DashboardBody='{"widgets":[]}')
        for body, text in (("[]", "must be a valid JSON object"), ("{", "must be a valid JSON object"),
                           ('{"widgets":[{"type":"metric","properties":{}}]}', "there are 3 validation errors")):
            answer = self.refused("InvalidParameterInput", cloudwatch.put_dashboard, DashboardName="kept",
                                  DashboardBody=body)
            self.assertIn(text, answer["Error"]["Message"])
        self.assertEqual(cloudwatch.get_dashboard(DashboardName="kept")["DashboardBody"], '{"widgets":[]}')
        self.refused("InvalidParameterValue", cloudwatch.put_dashboard, DashboardName="a b", DashboardBody="{}")

    @unittest.skipUnless(artefacts.are_here(), artefacts.REASON)
    def test_the_documents_own_dashboard(self):
        with open(artefacts.path("dashboard-config.json")) as config:
            body = config.read()
        cloudwatch = self.server.client("cloudwatch")
        answer = cloudwatch.put_dashboard(DashboardName="VPC-Network-Monitoring", DashboardBody=body)
        self.assertEqual(answer["DashboardValidationMessages"], [])
        self.assertEqual(cloudwatch.get_dashboard(DashboardName="VPC-Network-Monitoring")["DashboardBody"], body)


if __name__ == "__main__":
    unittest.main(verbosity=1)
